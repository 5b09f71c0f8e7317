"""The OpenAPI document, and whether what is said on the wire is what it says."""

import copy
import json
import re

from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
PROBLEM = "application/problem+json"


class Contract:
    """Judges every answer by the schema of its path, method, status and media type."""

    def __init__(self, path):
        with open(path) as file:
            self.document = json.load(file)
        resource = Resource(closed(self.document), DRAFT202012)
        self.registry = Registry().with_resource("urn:openapi", resource)
        self.judged = 0
        self.wrong = []

    def faults(self):
        """What is wrong with the document itself."""
        return [error.message for error in OpenAPIV31SpecValidator(self.document).iter_errors()]

    def operations(self):
        """Every method and path of the document."""
        paths = self.document["paths"].items()
        return [(method.upper(), path) for path, item in paths for method in item if method in METHODS]

    def is_signed(self, method, template):
        """Whether requests of an operation must be signed."""
        return "security" in self.document["paths"][template][method.lower()]

    def judge(self, method, path, status, headers, body):
        """Notes what is wrong with one answer. `body` is none for a stream."""
        self.judged += 1
        place = f"{method} {path} {status}"
        media_type = headers.get("content-type", "")
        if headers.get("cache-control") != "no-store":
            self.wrong.append(f"{place}: may be cached")
        template = self._template(method, path)
        # A path that the document does not name is answered by a problem all the same.
        pointer = ["components", "schemas", "Problem"] if template is None else None
        if template is not None:
            responses = self.document["paths"][template][method.lower()]["responses"]
            key = str(status) if str(status) in responses else "default"
            if media_type not in responses.get(key, {}).get("content", {}):
                self.wrong.append(f"{place}: {media_type!r} is not in the document")
                return
            pointer = ["paths", template, method.lower(), "responses", key, "content", media_type, "schema"]
        elif media_type != PROBLEM:
            self.wrong.append(f"{place}: {media_type!r} is not {PROBLEM}")
            return
        if body is None:
            return
        value = json.loads(body)
        self._validate(pointer, value, place)
        if media_type == PROBLEM:
            self._problem(value, status, headers, place)

    def judge_as(self, name, value):
        """Notes what is wrong with a value that should be of a named schema, such as a statement."""
        self.judged += 1
        self._validate(["components", "schemas", name], value, name)

    def _problem(self, problem, status, headers, place):
        if problem.get("status") != status or problem.get("type") != f"urn:saoma:problem:{problem.get('code')}":
            self.wrong.append(f"{place}: status or type differ from the code: {problem}")
        known = self.document["components"]["schemas"]["ProblemCode"]["description"]
        if problem.get("code") not in re.findall(r"[a-z_]+", known):
            self.wrong.append(f"{place}: {problem.get('code')!r} is no known code")
        wait_s = problem.get("retry_after_s")
        if headers.get("retry-after") != (None if wait_s is None else str(wait_s)):
            self.wrong.append(f"{place}: Retry-After differs from retry_after_s {wait_s}")

    def _validate(self, pointer, value, place):
        reference = "urn:openapi#/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in pointer)
        validator = OAS31Validator({"$ref": reference}, registry=self.registry, format_checker=oas31_format_checker)
        for error in validator.iter_errors(value):
            self.wrong.append(f"{place}: {error.json_path}: {error.message[:200]}")

    def _template(self, method, path):
        for template, item in self.document["paths"].items():
            if method.lower() in item and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                return template
        return None


def closed(document):
    """The document with every object closed: a field that it does not name is an error. (Readers in the field must
    bear such fields; here they would be undocumented.)"""
    document = copy.deepcopy(document)
    schemas = document["components"]["schemas"]
    parts = {part["$ref"] for schema in schemas.values() for part in schema.get("allOf", []) if "$ref" in part}
    for name, schema in schemas.items():
        if ("properties" in schema or "allOf" in schema) and f"#/components/schemas/{name}" not in parts:
            schema["unevaluatedProperties"] = False
    return document
