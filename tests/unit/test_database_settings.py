"""What a stack file may say of a database on RDS, and whose certificate its server shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from components.aws_plans.rds_authorities import FILE, authorities
from components.settings import SettingsError, parse
from tests.support.database_on_aws import with_database
from tests.support.stacks import stack_settings

TODAY = datetime(2026, 11, 26, tzinfo=UTC)


def refusal(values: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(values)
    return str(caught.value)


def test_a_stack_that_says_no_more_has_a_sensible_one() -> None:
    chosen = parse(with_database()).database.rds
    assert chosen is not None
    assert (chosen.instance_class, chosen.multi_az, chosen.backup_days) == ("db.t4g.small", True, 7)


@pytest.mark.parametrize(
    ("said", "key", "words"),
    [
        ({"instanceClass": "t4g.small"}, "database.rds.instanceClass", "write one of db.t4g.micro,"),
        ({"instanceClass": "db.m5.large"}, "database.rds.instanceClass", "is not a class that is known here"),
        ({"storageGib": 10}, "database.rds.storageGib", "20 to 65536"),
        ({"storageGib": 100}, "database.rds.storageLimitGib", "RDS wants 10 % more; write 110 or more"),
        ({"storageGib": 25, "storageLimitGib": 27}, "database.rds.storageLimitGib", "write 28 or more"),
        ({"backupDays": 36}, "database.rds.backupDays", "0 to 35"),
        ({"snapshot": "last--one"}, "database.rds.snapshot", "is not the name of a snapshot"),
        ({"multiAz": "yes"}, "database.rds.multiAz", "must be true or false"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_what_rds_would_refuse_is_refused_before_anything_is_made(
    said: dict[str, Any], key: str, words: str
) -> None:
    found = refusal(with_database(**said))
    assert key in found
    assert words in found


@pytest.mark.parametrize("name", ["spark-prod-database-0123456789abcdef0", "rds:spark-2026-11-26-03-10", "a"])
def test_names_of_snapshots_are_taken_as_rds_writes_them(name: str) -> None:
    assert parse(with_database(snapshot=name)).database.rds.snapshot == name  # type: ignore[union-attr]


def test_all_that_contradicts_it_is_said_at_once() -> None:
    values = with_database(storageGib=100)
    values["foundation"] |= {"name": "spark--prod", "region": "us-gov-west-1"}
    values["database"] |= {"memory": "1Gi", "generation": 2}
    found = refusal(values)
    for words in (
        "database.memory",
        "database.generation",
        "is for the server in the cluster, and database.rds names another",
        "gives the database the name spark--prod-database, which RDS refuses",
        "has no certificate of RDS' authority here",
        "write 110 or more",
    ):
        assert words in found, words


def test_the_least_memory_of_a_server_in_the_cluster_is_enough_for_it() -> None:
    values = stack_settings("local")
    assert parse({**values, "database": {"memory": "256Mi"}}).database.memory == "256Mi"
    assert "256Mi or more" in refusal({**values, "database": {"memory": "255Mi"}})


def test_a_cluster_of_ones_own_has_no_rds() -> None:
    values = {**stack_settings("local"), "database": {"rds": {}}}
    found = refusal(values)
    assert "database.rds" in found
    assert "is on AWS" in found


@pytest.mark.parametrize("region", sorted(authorities()))
def test_an_authority_is_amazons_own_of_its_region_and_lasts(region: str) -> None:
    made = x509.load_pem_x509_certificate(authorities()[region].encode())
    (name,) = made.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert name.value == f"Amazon RDS {region} Root CA RSA2048 G1"
    made.verify_directly_issued_by(made)
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    key = made.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 2048
    assert made.not_valid_after_utc.year - TODAY.year > 30, "RDS renews what it signs, and nobody renews this"


def test_each_certificate_of_the_file_is_found() -> None:
    assert len(authorities()) == FILE.read_text().count("BEGIN CERTIFICATE")
    assert {"eu-central-1", "eu-west-1", "us-east-1", "us-west-2"} <= authorities().keys()
