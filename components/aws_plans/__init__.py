"""The AWS foundation as decisions and numbers: addresses, pools, policies, names. Pure.

Nothing here asks AWS a question: account, region and zones are settings, so a plan is the same on every
machine and can be read before anything exists.
"""
