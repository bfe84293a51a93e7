"""Performs calls with boto3 or the aws CLI: one JSON line in, one JSON line out. Started once, since start-up costs seconds."""

import base64
import contextlib
import datetime
import io
import json
import os
import re
import sys
import tempfile

BODY = "Body"


def plain(value):
    """What JSON can say: times as ISO 8601, bytes as base64, streams as what is in them."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if hasattr(value, "read"):
        return value.read().decode()
    return value


def make_boto():
    import boto3
    from botocore import xform_name
    from botocore.config import Config
    from botocore.exceptions import ClientError

    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    session = boto3.session.Session()
    clients = {}

    def perform(service, operation, params):
        if service not in clients:
            clients[service] = session.client(service, config=config)
        try:
            answer = getattr(clients[service], xform_name(operation))(**params)
        except ClientError as error:
            return {"error": {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}}
        answer.pop("ResponseMetadata", None)
        return {"answer": plain(answer)}

    return perform


def make_cli():
    from awscli.clidriver import create_clidriver
    from botocore import xform_name

    driver = create_clidriver()
    commands = {"s3": "s3api"}
    refusal = re.compile(r"An error occurred \(([^)]*)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: (.*)", re.S)

    def perform(service, operation, params):
        with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
            args = [commands.get(service, service), xform_name(operation, "-"), "--output", "json", "--no-paginate"]
            file = os.path.join(directory, "body")
            if BODY in params:
                with open(file, "w") as body:
                    body.write(params[BODY])
                args += ["--body", file]
            given = {name: one for name, one in params.items() if name != BODY}
            args += ["--cli-input-json", json.dumps(given)]
            if (service, operation) == ("s3", "GetObject"):
                # What has to stand on the command line is not taken from the JSON.
                args = args[:-2] + ["--bucket", params["Bucket"], "--key", params["Key"], file]
            out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            try:
                code = driver.main(args)
            except SystemExit as exit:
                code = exit.code
            out.flush()
            err.flush()
            printed, said = out.buffer.getvalue().decode(), err.buffer.getvalue().decode()
            match = refusal.search(said)
            if match:
                return {"error": {"code": match.group(1), "message": match.group(2).strip()}}
            if code != 0:
                return {"error": {"code": "exit %s" % code, "message": said.strip()}}
            answer = json.loads(printed) if printed.strip() else {}
            if (service, operation) == ("s3", "GetObject"):
                with open(file) as body:
                    answer[BODY] = body.read()
            return {"answer": answer}

    return perform


perform = make_boto() if sys.argv[1] == "boto3" else make_cli()
lines = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    call = json.loads(line)
    try:
        result = perform(call["service"], call["operation"], call["params"])
    except Exception as error:  # whatever it is, the test has to see it
        result = {"error": {"code": type(error).__name__, "message": str(error)}}
    lines.write(json.dumps(result) + "\n")
    lines.flush()
