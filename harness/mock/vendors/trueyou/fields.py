"""What each TrueYou operation takes, and how a request is read by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harness.mock.defects.switches import Switches
from harness.mock.message import Refused

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of at most `most` characters, one of `choices` where there are any."""

    most: int | None = None
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is not below `least`; a whole one unless `broken` ones are taken."""

    least: int = 0
    broken: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment with milliseconds and an offset, or in UTC alone."""

    utc: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Rewards:
    """A list of price plans with quantities."""

    required: bool = True


@dataclass(frozen=True, slots=True)
class Coupons:
    """A list of coupon numbers, as texts or as objects that hold one."""

    required: bool = False


Rule = Text | Number | Moment | Rewards | Coupons
Form = Mapping[str, Rule]

TYPES = ("THAIID", "TMH", "TRUECARD", "PERSONAL")
_TRANSACTION = Text(35, required=True)
_CODE = Text(36)
_COMMENT = Text(400)
_QUANTITY = Number(least=1)
_QUANTITY_MOST = 100_000
"""This mock's own bound: each piece is a coupon to issue."""
_WHO: Form = {
    "identifierType": Text(10, TYPES, required=True),
    "identifierNo": Text(30, required=True),
}
_WHERE: Form = {"partnerCode": _CODE, "terminalCode": _CODE, "locationCode": _CODE}
_CHANNEL: Form = {"channel": Text(required=True), "subChannel": Text()}
_REDEEM: Form = {
    "trnNo": _TRANSACTION,
    **_CHANNEL,
    **_WHO,
    **_WHERE,
    "rewards": Rewards(),
    "comment": _COMMENT,
}
_VOID: Form = {
    "prtTrnNo": _TRANSACTION,
    **_CHANNEL,
    "partnerCode": _CODE,
    "terminalCode": _CODE,
    "comment": _COMMENT,
}

FORMS: Mapping[str, Form] = {
    "redeem_campaign": _REDEEM,
    "multiple_redeem": {**_REDEEM, "identifierType": Text(10, (*TYPES, "TRUEID"), required=True)},
    "get_customer_card": {
        "customerIdnNo": Text(30),
        "idnType": Text(10, TYPES),
        "channel": Text(10),
        "subChannel": Text(10),
    },
    "earn_points": {
        "trnNo": _TRANSACTION,
        "eventType": Text(20, ("ISSUANCE",), required=True),
        **_CHANNEL,
        **_WHO,
        **_WHERE,
        "campaignCode": _CODE,
        "amount": Number(broken=True),
        "date": Moment(),
        "comment": _COMMENT,
    },
    "issue_points_wecampaign": {
        "trnNo": _TRANSACTION,
        "transactionDate": Moment(utc=True, required=True),
        **_CHANNEL,
        "action": Text(required=True),
        **_WHO,
        "merchantId": _CODE,
        "outletId": _CODE,
        "terminalId": _CODE,
        "amount": Number(required=True),
    },
    "mark_used": {
        "trnNo": _TRANSACTION,
        "identifierType": Text(10, TYPES, required=True),
        "identifierNo": Text(30),
        **_WHERE,
        "campaignCode": Text(36, required=True),
        "comment": _COMMENT,
        "coupons": Coupons(),
    },
    "void_burn": _VOID,
    "void_earn": _VOID,
    "void_issue": {
        "redemptionTxId": Text(100, required=True),
        "merchantId": Text(36, required=True),
        "terminalId": Text(36, required=True),
    },
}


class Missing(Refused):
    """Required fields are absent or empty; `fields` names them all."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__("missing", f"{', '.join(fields)} is required")
        self.fields = fields


def read(operation: str, values: Any, switches: Switches) -> dict[str, Any]:
    """Return the fields of a request that are there; Refused when they are missing or unfit.

    Null and empty text count as absent.
    """
    if not isinstance(values, Mapping):
        raise Refused("invalid", "the body is no object")
    form = FORMS[operation]
    found = {name: values[name] for name in form if values.get(name) not in (None, "", [])}
    missing = tuple(name for name, rule in form.items() if rule.required and name not in found)
    if missing:
        raise Missing(missing)
    return {name: _fitting(name, form[name], value, switches) for name, value in found.items()}


def _fitting(name: str, rule: Rule, value: Any, switches: Switches) -> Any:
    if isinstance(rule, Text):
        return _text(name, rule, value, switches)
    if isinstance(rule, Number):
        return _number(name, rule, value, switches)
    if isinstance(rule, Moment):
        return _moment(name, rule, value)
    if not isinstance(value, list):
        raise Refused("invalid", f"{name} must be a list")
    if isinstance(rule, Rewards):
        return [_reward(item, switches) for item in value]
    return [_coupon(item, switches) for item in value]


def _text(name: str, rule: Text, value: Any, switches: Switches) -> str:
    if not isinstance(value, str):
        raise Refused("invalid", f"{name} must be a text")
    if rule.most is not None:
        most = (
            rule.most + switches.has("length-above-accepted") - switches.has("length-limit-refused")
        )
        if len(value) > most:
            raise Refused("invalid", f"{name} has more than {rule.most} characters")
    known = (*rule.choices, "TRUEID") if switches.has("foreign-type-accepted") else rule.choices
    if rule.choices and value not in known:
        raise Refused("invalid", f"{name} must be one of {', '.join(rule.choices)}")
    return value


def _number(name: str, rule: Number, value: Any, switches: Switches) -> int | float:
    numbers = int | float if rule.broken else int
    if isinstance(value, bool) or not isinstance(value, numbers):
        raise Refused("invalid", f"{name} must be a number")
    if value < rule.least and not switches.has("negative-accepted"):
        raise Refused("invalid", f"{name} must be at least {rule.least}")
    return value


def _moment(name: str, rule: Moment, value: Any) -> str:
    fits = isinstance(value, str) and _MOMENT.fullmatch(value) is not None
    if not fits or (rule.utc and not value.endswith("Z")):
        raise Refused("invalid", f"{name} is no moment")
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise Refused("invalid", f"{name} is not in the calendar") from None
    return str(value)


def _reward(item: Any, switches: Switches) -> tuple[str, int]:
    """Return the plan and the quantity of one reward."""
    if not isinstance(item, Mapping):
        raise Refused("invalid", "a reward must be an object")
    if item.get("pricePlanCode") in (None, ""):
        raise Missing(("pricePlanCode",))
    plan = _text("pricePlanCode", _CODE, item["pricePlanCode"], switches)
    quantity = item.get("quantity")
    if quantity is None:
        return plan, 1
    count = int(_number("quantity", _QUANTITY, quantity, switches))
    if count > _QUANTITY_MOST:
        raise Refused("invalid", "the quantity is out of all bounds")
    return plan, count


def _coupon(item: Any, switches: Switches) -> str:
    number = item.get("couponNumber") if isinstance(item, Mapping) else item
    if number in (None, ""):
        raise Missing(("couponNumber",))
    return _text("couponNumber", Text(50), number, switches)
