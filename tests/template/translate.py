"""Prints as JSON what CloudFormation would make of a SAM template; asks neither network nor account."""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samcli.lib.translate.sam_template_validator import SamTemplateValidator  # noqa: E402
from samcli.yamlhelper import yaml_parse  # noqa: E402


class ManagedPolicies:
    """The real one asks IAM which managed policies there are; the template names none."""

    def load(self):
        return {}


with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file.read())
validator = SamTemplateValidator(template, ManagedPolicies(), language_extensions_enabled=True)
print(json.dumps(yaml_parse(validator.get_translated_template_if_valid()), default=str))
