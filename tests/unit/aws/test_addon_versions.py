"""The table of what goes with which Kubernetes version."""

from __future__ import annotations

import re
from datetime import date
from typing import get_args

import pytest

from components import versions
from components.aws_plans.addon_versions import KARPENTER_KNOWS, NOT_YET, RELEASES, Release, release
from components.settings.aws import ClusterSettings

ADDON = re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+-eksbuild\.[0-9]+")


@pytest.mark.parametrize("row", RELEASES.values(), ids=RELEASES)
def test_a_row_is_complete_and_of_one_minor(row: Release) -> None:
    assert all(ADDON.fullmatch(version) for version in row.addons.values()), "EKS takes no ranges"
    for version in (row.kube_proxy, f"v{row.ami}"):
        assert version.startswith(f"v{row.kubernetes}."), f"{version} is made for another minor"
    assert re.fullmatch(r"al2023@v[0-9]{8}", row.ami_alias), "Karpenter and EKS must name the same image"


@pytest.mark.parametrize("row", RELEASES.values(), ids=RELEASES)
def test_releases_are_new_enough_for_what_is_asked_of_them(row: Release) -> None:
    def numbers(version: str) -> tuple[int, ...]:
        return tuple(int(each) for each in version.removeprefix("v").split("-")[0].split("."))

    assert numbers(row.vpc_cni) >= (1, 14, 0), "older ones don't enforce NetworkPolicies"
    assert numbers(row.ebs_csi_driver) >= (1, 58, 0), "older ones can't work with the cluster-scoped policy"


def test_a_version_whose_support_is_over_is_not_offered() -> None:
    # The day this project was made with; a row must go before its day comes.
    assert all(row.standard_support_ends > date(2026, 11, 21) for row in RELEASES.values())


def test_the_setting_offers_the_rows_and_the_pinned_version_is_one_of_them() -> None:
    assert set(get_args(ClusterSettings.model_fields["version"].annotation)) == set(RELEASES)
    assert versions.KUBERNETES_EKS in RELEASES


def test_a_version_without_a_row_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"write one of 1\.35, 1\.36, or add its row"):
        release("1.30")


def test_a_version_that_is_out_and_not_offered_says_why_and_the_newest_row_is_what_karpenter_knows() -> None:
    assert not set(NOT_YET) & set(RELEASES), "a row takes its place"
    assert max(RELEASES) == KARPENTER_KNOWS, "nodes of a newer one are not made"
    assert all(f"write {KARPENTER_KNOWS}" in said for said in NOT_YET.values())


def test_an_image_that_is_no_release_is_refused() -> None:
    row = RELEASES["1.35"]
    other = Release(**{**{name: getattr(row, name) for name in row.__dataclass_fields__}, "ami": "latest"})
    with pytest.raises(ValueError, match="write it as 1"):
        _ = other.ami_alias
