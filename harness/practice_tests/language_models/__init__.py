"""Do language models recognise emotions, or read words, backgrounds and what they are told?"""
