"""What fails in probe_test.py, and what must be seen of it: one row for each failure."""
from dataclasses import dataclass, field
from typing import Callable, Optional

from probe_company import DOWN_AFTER, UP_AFTER

DOWN = "down"
BLIND_TRUST = ("unknown", "cannot be compared")
BLIND_LOGIN = ("unknown", "no assertion could be verified")
UNKNOWN = ("unknown", "")
OUR_OWN = ("unknown", "our own uplink is down")


@dataclass(frozen=True)
class Failure:
    """One row. What it does not name must not go down, and no mode but `suspects` may become suspected."""

    name: str
    breaks: Callable  # takes the company, and no time to speak of
    mends: Optional[Callable]  # None: the next row goes on from here
    sees: dict  # probe to (verdict, words of what it says)
    suspects: Optional[str] = None
    warns: dict = field(default_factory=dict)  # (probe, kind) to words; no other warning may stand
    looks: int = DOWN_AFTER  # the fewest that can show it; 0 when people say it
    hangs: bool = False  # a look takes its whole time-out


def both_idps_die_with_our_uplinks(company):
    for each in company.uplinks:
        each.go_away()
    company.primary.stop()
    company.standby.stop()


FAILURES = [
    Failure(
        "the signing key is rotated",
        lambda it: it.primary.rotate_key(), lambda it: it.primary.sign_as_at_first(),
        sees={"trusted": (DOWN, "AWS holds no certificate that the IdP signs with")},
        suspects="federation-broken",
        warns={("trusted", "mismatch"): "Does not match"},
    ),
    Failure(
        "the signing certificate expires",
        lambda it: it.primary.let_certificate_expire(), lambda it: it.primary.sign_as_at_first(),
        sees={"idp": (DOWN, "signs with no certificate that is valid now"), "trusted": (DOWN, "")},
        suspects="federation-broken",
        warns={("idp", "expired"): "expired on", ("trusted", "mismatch"): "Does not match"},
    ),
    Failure(
        "the IdP answers 200 with a page of HTML",
        lambda it: it.primary.lose_certificate(), lambda it: it.primary.find_certificate(),
        sees={
            "idp": (DOWN, "answered 200, but not with usable SAML metadata"), "front": (DOWN, ""),
            "trusted": BLIND_TRUST, "login": BLIND_LOGIN,
        },
    ),
    Failure(
        "the IdP hangs behind its front (504)",
        lambda it: it.primary.hang(), lambda it: it.primary.resume(),
        sees={"idp": (DOWN, "answered status 504"), "front": (DOWN, "504"), "trusted": BLIND_TRUST, "login": BLIND_LOGIN},
        hangs=True,
    ),
    Failure(
        "the front hangs",
        lambda it: it.front.hang(), lambda it: it.front.resume(),
        sees={
            "idp": (DOWN, "did not answer in time"), "front": (DOWN, "did not answer in time"),
            "front-tls": (DOWN, "no answer in time"),
            "trusted": BLIND_TRUST, "login": BLIND_LOGIN,
        },
        hangs=True,
    ),
    Failure(
        "the front is closed for maintenance (503)",
        lambda it: it.front.close_for_maintenance(), lambda it: it.front.open_again(),
        sees={"idp": (DOWN, "answered status 503"), "front": (DOWN, "503"), "trusted": BLIND_TRUST, "login": BLIND_LOGIN},
    ),
    Failure(
        "the front's TLS certificate expires",
        lambda it: it.front.let_certificate_expire(), lambda it: it.front.renew_certificate(),
        sees={"front-tls": (DOWN, "its TLS certificate has expired")},
        warns={("front-tls", "expired"): "has expired"},
    ),
    Failure(
        "the IdP is slow, within the time-out",
        lambda it: it.primary.slow_down(), lambda it: it.primary.speed_up(),
        sees={each: ("degraded", "slow (0.") for each in ("idp", "trusted", "front")},
        hangs=True,
    ),
    Failure(
        "the synthetic user's password is wrong",
        lambda it: it.primary.change_password(), None,
        sees={"login": (DOWN, "did not sign the synthetic user in")},
    ),
    Failure(
        "the standby dies while nobody can sign in",
        lambda it: it.standby.stop(), lambda it: (it.primary.change_password_back(), it.standby.start()),
        sees={"standby": (DOWN, "")},
        suspects="idp-unavailable",
    ),
    Failure(
        "AWS is given the metadata of another IdP",
        lambda it: it.update_provider(it.other_metadata), lambda it: it.update_provider(it.first_metadata),
        sees={"trusted": (DOWN, "AWS does not believe this IdP")},
        suspects="federation-broken",
        warns={("trusted", "changed"): "is not what the signed copy says", ("trusted", "mismatch"): "Does not match"},
    ),
    Failure(
        "the IAM provider is deleted",
        lambda it: it.delete_provider(), lambda it: it.create_provider(it.first_metadata),
        sees={"trusted": (DOWN, "is deleted")},
        suspects="federation-broken",
        warns={("trusted", "deleted"): "nobody gets in by it"},
    ),
    Failure(
        "AWS hangs",
        lambda it: it.moto.hang(), lambda it: it.moto.resume(),
        sees={
            "sts": (DOWN, "STS does not answer in eu-west-1, us-west-2"),
            "trusted": ("degraded", "by the signed copy alone"),
        },
        hangs=True,
    ),
    Failure(
        "one of two uplinks and the vault's program fail",
        lambda it: (it.uplinks[1].go_away(), it.script.says(2, "VAULT SEALED | t=1")), None,
        sees={"uplink-b": (DOWN, ""), "script": (DOWN, "VAULT SEALED")},
    ),
    Failure(
        "people report that the telephones are dead as well",
        lambda it: it.report_phone("down", "No dial tone in Tokyo nor in Dublin."),
        lambda it: (it.uplinks[1].come_back(), it.script.says(0, "VAULT OK"), it.report_phone("up", "It rings again.")),
        sees={"phone": (DOWN, "")},
        suspects="nobody-answers",
        looks=0,
    ),
    Failure(
        "the IdP is dead behind its front (502)",
        lambda it: it.primary.stop(), None,
        sees={"idp": (DOWN, "answered status 502"), "front": (DOWN, "502"), "trusted": BLIND_TRUST, "login": BLIND_LOGIN},
    ),
    Failure(
        "the standby dies as well",
        lambda it: it.standby.stop(), lambda it: (it.primary.start(), it.standby.start()),
        sees={"standby": (DOWN, "")},
        suspects="idp-unavailable",
    ),
    Failure(
        "both IdPs die together with our own uplinks",
        both_idps_die_with_our_uplinks, None,
        sees={
            "uplink-a": (DOWN, ""), "uplink-b": (DOWN, ""), "idp": OUR_OWN, "standby": OUR_OWN, "login": UNKNOWN,
            "trusted": UNKNOWN, "front": OUR_OWN, "front-tls": OUR_OWN, "sts": OUR_OWN, "script": OUR_OWN,
        },
    ),
    # The emergency of the steps after this table.
    Failure(
        "our uplinks come back, the IdPs do not",
        lambda it: [each.come_back() for each in it.uplinks], None,
        sees={"idp": (DOWN, "answered status 502"), "standby": (DOWN, ""), "front": (DOWN, "")},
        suspects="idp-unavailable",
        looks=UP_AFTER + DOWN_AFTER,
    ),
]  # fmt: skip
