"""S3 as AWS judges requests: a proxy that asks IAM documents before it hands a request to the real S3 server.

`policies` decides as IAM does, `actions` says what a request of S3's REST API needs, `roles` reads the
documents that the stacks give to AWS, and `proxy` puts them in front of versitygw.

What AWS refuses is refused here only if its documentation says so; the place stands beside each rule. A
request or a condition that no rule speaks of is an error, never an allowance. What nobody could check without
an account: that S3 asks for `s3:ListBucket` with the very key as `s3:prefix` before it tells that a key is
missing (the API reference names the permission, and no prefix); key policies of other accounts; service
control policies, session policies and endpoint policies, which the stacks have none of.
"""
