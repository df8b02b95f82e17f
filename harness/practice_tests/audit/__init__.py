"""A system over people whose attributes are known and whose emotions are not: whom does it answer otherwise?"""
