"""Check an archive with the RO-Crate validator, without a network: `check_crate.py ARCHIVE`.

It runs under a Python that has roc-validator and rocrate. The context, which the validator would fetch, is
the one that the package rocrate ships; it is of version 1.3, which has every term of 1.2.
"""

import io
import sys
from pathlib import Path

import rdflib.parser
import requests
import rocrate
from rocrate_validator import services
from rocrate_validator.models import Severity, ValidationSettings

CONTEXT = (Path(rocrate.__file__).parent / "data/ro-crate.jsonld").read_bytes()


def answer(url: str) -> bytes:
    if "w3id.org/ro/crate/1." not in url:
        raise ConnectionError(url)
    return CONTEXT


class Opened(io.BytesIO):
    """The answer as urllib gives it."""

    def __init__(self, url: str) -> None:
        from email.message import Message

        super().__init__(answer(url))
        self.headers = Message()
        self.headers["Content-Type"] = "application/ld+json"
        self.url = url

    def info(self):
        return self.headers

    def geturl(self) -> str:
        return self.url


def send(self, request, **_):
    response = requests.Response()
    response.status_code = 200
    response.url = request.url
    response.request = request
    response.headers["Content-Type"] = "application/ld+json"
    response._content = answer(request.url)
    return response


rdflib.parser._urlopen = lambda request: Opened(request.full_url)
requests.Session.send = send
settings = ValidationSettings(
    rocrate_uri=sys.argv[1],
    profile_identifier="ro-crate-1.2",
    requirement_severity=Severity.RECOMMENDED,
    no_cache=True,
)
result = services.validate(settings)
for issue in result.get_issues():
    print(issue.severity.name, issue.message)
print(f"{len(result.get_issues())} issues, {len(result.executed_checks)} checks")
