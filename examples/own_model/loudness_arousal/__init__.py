"""A system under test that knows one thing of a voice: how loud it is."""
