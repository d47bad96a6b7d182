"""Luna's operations on templates and clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.mock.message import Refused, Reply
from harness.mock.vendors.luna.company import OWN, Client, Company, Template
from harness.mock.vendors.luna.field import maybe_text, maybe_whole, text, whole
from harness.mock.vendors.luna.page import page_of

CLIENTS_A_PAGE = 10

Fields = Mapping[str, Any]


async def get_templates(company: Company, fields: Fields) -> dict[str, Any]:
    """List the company's own templates."""
    own = (template for template in company.templates.values() if template.company == OWN)
    return {"templates": [{"id": t.id, "name": t.name, "type": t.type} for t in own]}


async def create_client(company: Company, fields: Fields) -> Any:
    """Make a client; one who is there already gets error 5 with his id."""
    sname, fname = text(fields, "sName"), text(fields, "fName")
    number = whole(fields, "idTemplate")
    phone, email = _contact(company, fields)
    template = company.template(number)
    taken = _taken(company, template, phone, email)
    if taken is not None:
        return already_there(company, taken)
    return {"userID": company.enter(template, sname, fname, phone, email).id}


async def search_client(company: Company, fields: Fields) -> dict[str, Any]:
    """Find a client of a template by phone, else by e-mail."""
    number = whole(fields, "idTemplate")
    phone, email = _contact(company, fields)
    template = company.template(number)
    found = company.holder(template, phone) or company.holder(template, email)
    if found is None:
        raise Refused("unknown_client", "no such client")
    return {"userID": found.id}


async def update_client(company: Company, fields: Fields) -> Any:
    """Replace names and contacts of a client; a contact of another gets error 5."""
    user = whole(fields, "userID")
    sname, fname = text(fields, "sName"), text(fields, "fName")
    number = whole(fields, "idTemplate")
    phone, email = _contact(company, fields)
    template, client = company.template(number), company.client(user)
    if client.template is not template:
        raise Refused("unknown_client", "the client is of another template")
    for contact in (phone, email):
        other = company.holder(template, contact)
        taken = other is not None and other is not client
        if other is not None and taken and not company.switches.has("update-takes-contact"):
            return already_there(company, other)
    client.fname = fname
    if company.switches.has("update-of-first-name-only"):
        return {"result": 1}
    client.sname = sname
    company.reach(client, phone, email)
    return {"result": 1}


async def get_client_info(company: Company, fields: Fields) -> dict[str, Any]:
    """Show the client of a card."""
    client = company.card(text(fields, "passSerialNumber")).client
    shown = _shown(company, client)
    del shown["id"]
    return shown


async def get_clients_list(company: Company, fields: Fields) -> dict[str, Any]:
    """List the clients of a template, the oldest first, ten a page."""
    template = company.template(whole(fields, "idTemplate"))
    page = page_of(company, fields, company.clients_of(template), CLIENTS_A_PAGE)
    return {"rows": [_shown(company, client) for client in page]}


def already_there(company: Company, client: Client) -> Reply:
    """Return the refusal that a contact is taken, and by whom."""
    refusal = Refused("already_there", "a user with this phone or email is there already")
    value = {"error": 5, "userID": client.id}
    if company.switches.has("taken-without-id"):
        del value["userID"]
    return Reply(value, refusal=refusal)


def _contact(company: Company, fields: Fields) -> tuple[int | None, str | None]:
    phone, email = maybe_whole(fields, "phone"), maybe_text(fields, "email")
    if phone is None and email is None and not company.switches.has("contact-optional"):
        raise Refused("missing", "phone or email is required")
    return phone, email


def _taken(
    company: Company, template: Template, phone: int | None, email: str | None
) -> Client | None:
    """Return who has the phone, else who has the e-mail."""
    if company.switches.has("duplicate-client-phone"):
        phone = None
    if company.switches.has("duplicate-client-email"):
        email = None
    return company.holder(template, phone) or company.holder(template, email)


def _shown(company: Company, client: Client) -> dict[str, Any]:
    extra = client.extra
    if company.switches.has("fields-always-shown"):
        extra = {f"Field{number}": "" for number in range(6)} | dict(extra)
    return {
        "id": client.id,
        "sName": client.sname,
        "fName": client.fname,
        "dateOfBirth": client.born,
        "phone": client.phone,
        **extra,
    }
