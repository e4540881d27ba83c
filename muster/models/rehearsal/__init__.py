"""A stand-in for Claude where there is no key: the Messages API, acted from the conversation it is sent.

It reads nothing but the request. What it answers is labelled `rehearsal` wherever it is recorded.
"""
