"""People judge a random part of a run's cases again: whom was missed, and do answers change minds?"""
