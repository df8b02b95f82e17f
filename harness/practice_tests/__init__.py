"""Practice tests: the tests of a regulator as one command each, with the numbers behind every sentence."""
