"""No secret is in a text that is stored or shown, and nothing else is taken from it."""

from __future__ import annotations

import pytest

from apps.jobs.verdict.gathering import Remains, gather
from apps.jobs.verdict.judging import judge, quote
from apps.jobs.verdict.masking import MASK, mask

CANARY = "".join(("canary", "Of", "A", "Secret", "9f8e7d6c"))
KEY_ID = "AKIA" + "CANARYCANARY" + "2345"
GITHUB = "ghp" + "_" + "c4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ry"
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"

SECRETS = {
    "a property of Spark": f"spark.hadoop.fs.s3a.secret.key={CANARY}",
    "a property in a mapping": f"Map(fs.s3a.access.key -> x, fs.s3a.secret.key => {CANARY})",
    "an environment": f"AWS_SECRET_ACCESS_KEY={CANARY} AWS_REGION=eu-west-1",
    "JSON": f'{{"password": "{CANARY}", "user": "ann"}}',
    "Python": f"connect(user='ann', password='{CANARY}')",
    "YAML": f"  token: {CANARY}",
    "an option": f"--db-password {CANARY} --verbose",
    "a URL of JDBC": f"jdbc:postgresql://db/orders?user=ann&password={CANARY}&ssl=true",
    "a URL with a user": f"https://ann:{CANARY}@registry.example/v2/",
    "a header": f"Authorization: Bearer {CANARY}",
    "a signed URL": f"https://data.s3.amazonaws.com/a?X-Amz-Signature={CANARY}&X-Amz-Date=1",
    "an error that quotes": f'IllegalArgumentException: bad value for "api_key": "{CANARY}"',
    "an error of a class that says what it is of": f"InvalidTokenException: token={CANARY}",
    "a passphrase": f"ssl.keystore.passphrase = {CANARY}",
}

FORMS = {"a key of AWS": KEY_ID, "a token of GitHub": GITHUB, "a web token": JWT}


@pytest.mark.parametrize("where", SECRETS)
def test_a_value_is_masked_by_its_name(where: str) -> None:
    masked = mask(SECRETS[where])
    assert CANARY not in masked
    assert MASK in masked


@pytest.mark.parametrize("what", FORMS)
def test_a_secret_is_masked_by_its_form(what: str) -> None:
    assert FORMS[what] not in mask(f"left in a line: {FORMS[what]} and more")


def test_a_private_key_is_masked_whole_also_when_its_end_is_cut_off() -> None:
    begin = "-----BEGIN " + "PRIVATE KEY-----"
    assert CANARY not in mask(f"{begin}\n{CANARY}\n{CANARY}\n")


@pytest.mark.parametrize(
    "text",
    [
        "fs.s3a.aws.credentials.provider=software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider",
        "spark.authenticate.secret.enabled=true",
        "Unable to load credentials from any of the providers in the chain",
        "tokens: 512",
        "Task 3 in stage 1.0 failed 4 times",
        "password=***",
        "NoAwsCredentialsException: SimpleAWSCredentialsProvider: No AWS credentials in the configuration",
        "oauthlib.oauth2.rfc6749.errors.InvalidTokenError: expired",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


def test_names_beside_a_secret_stay_to_be_read() -> None:
    assert mask(SECRETS["JSON"]) == f'{{"password": "{MASK}", "user": "ann"}}'
    assert "&ssl=true" in mask(SECRETS["a URL of JDBC"])


@pytest.mark.parametrize("where", SECRETS)
def test_no_verdict_shows_a_secret(where: str) -> None:
    log = (
        'Traceback (most recent call last):\n  File "/app/a.py", line 1, in run\n'
        f"ValueError: {SECRETS[where]}\n"
    )
    assert CANARY not in repr(judge(gather(Remains(log=log))))


def test_a_quotation_is_masked_before_it_is_cut() -> None:
    """Half a secret has no form any more."""
    text = "x" * 185 + f" password={CANARY}"
    assert "canary" not in quote(text, 0)
