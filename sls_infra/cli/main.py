"""`sls-infra`: what each command takes, and who does it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from ..errors import SlsError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Exit codes: 0 well, 1 the spec or the deployment is refused, 2 the command line is wrong."""
    args = _parser().parse_args(argv)
    try:
        code: int = args.run(args)
        return code
    except SlsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sls-infra", description="Serverless APIs, described once.")
    parser.add_argument("--version", action="version", version=f"sls-infra {version('sls-infra')}")
    commands = parser.add_subparsers(required=True, metavar="command")
    plan = commands.add_parser("plan", help="how each target meets the spec; exits 1 where something is refused")
    _takes_api(plan)
    plan.add_argument(
        "--target", choices=("aws", "azure", "gcp", "local"), action="append", help="this target alone; may be repeated"
    )
    plan.set_defaults(run=_plan)
    dev = commands.add_parser(
        "dev",
        help="the API on this machine, reloading as files change",
        description="Serves the API on this machine, and what starts it besides: queues, topics, uploads, changes and "
        "schedules. What they hold is kept in .sls/dev/<api> (below SLS_INFRA_ROOT, where that is set) until that "
        "folder is removed.",
    )
    _takes_api(dev)
    dev.add_argument("--port", type=_port, default=8787, help="default: 8787; 0 for any free one")
    dev.set_defaults(run=_dev)
    invoke = commands.add_parser(
        "invoke",
        help="one event or request, to its handler, on this machine; exits 1 where it fails",
        description="Calls a handler once, in a process started for it, with what sls-infra dev keeps in .sls/dev. "
        "A request comes to its handler as one that was let in: nothing asks who calls, and no limit counts it.",
    )
    _takes_api(invoke)
    invoke.add_argument("name", help="an event source, or a request: 'GET /orders/7'")
    invoke.add_argument("--body", metavar="TEXT", help="of a message or request; @FILE for what is in a file")
    invoke.add_argument(
        "--attribute", action="append", default=[], metavar="NAME=VALUE", help="of a message; repeatable"
    )
    invoke.add_argument("--key", help="of the object that was uploaded")
    invoke.add_argument("--file", metavar="FILE", help="its content, put there first; default: what is there")
    invoke.add_argument("--old", metavar="JSON", help="the item before a change; none: it was inserted")
    invoke.add_argument("--new", metavar="JSON", help="the item after a change; none: it was deleted")
    invoke.add_argument("--at", metavar="TIME", help="when a schedule was due, as 2026-03-29T03:00:00Z; default: now")
    invoke.add_argument("--header", action="append", default=[], metavar="NAME:VALUE", help="of a request; may repeat")
    invoke.add_argument("--claims", metavar="JSON", help="what is known of a request's caller; default: nothing")
    invoke.set_defaults(run=_invoke)
    redrive = commands.add_parser(
        "redrive",
        help="dead letters on this machine: lists them, and puts them back",
        description="Lists dead letters with their reasons, and puts them back where they failed, to be tried again: "
        "those of sls-infra dev, or, by --ref, those of a stack that was deployed to this machine.",
    )
    redrive.add_argument("api", nargs="?", metavar="module:attribute", help="an Api that sls-infra dev serves")
    redrive.add_argument("queue", nargs="?", help="a queue of dead letters, or an event source; default: all")
    redrive.add_argument("--ref", metavar="PATH", help="a deployed queue: its ref, as `pulumi stack output` tells it")
    redrive.add_argument("--list", action="store_true", help="put nothing back")
    redrive.set_defaults(run=_redrive)
    openapi = commands.add_parser("openapi", help="the API described for its callers: an OpenAPI 3.1 document")
    _takes_api(openapi)
    openapi.add_argument("--format", choices=("json", "yaml"), help="default: as the file is named, else json")
    openapi.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: standard output")
    openapi.add_argument("--server", action="append", default=[], metavar="URL", help="where it is served; repeatable")
    openapi.set_defaults(run=_openapi)
    new = commands.add_parser("new", help="a small project: blank, or made from an OpenAPI description")
    new.add_argument("name", help="the Api's name: letters, digits, '-' and '_'")
    new.add_argument("--from-openapi", metavar="FILE", help="OpenAPI 3.x or Swagger 2.0, as JSON or YAML")
    new.add_argument("--into", type=Path, metavar="DIR", help="default: a folder of that name")
    new.set_defaults(run=_new)
    return parser


def _takes_api(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "api", metavar="module:attribute", help="an Api, or a callable that makes one without arguments"
    )


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is no port: use 0 to 65535")
    return port


def _plan(args: argparse.Namespace) -> int:
    from .plan import plan

    return plan(args.api, args.target)


def _dev(args: argparse.Namespace) -> int:
    from .dev import dev

    return dev(args.api, args.port)


def _invoke(args: argparse.Namespace) -> int:
    from .invoke import invoke

    return invoke(args)


def _redrive(args: argparse.Namespace) -> int:
    from .redrive import redrive

    return redrive(args)


def _openapi(args: argparse.Namespace) -> int:
    from .openapi import openapi

    return openapi(args.api, args.format, args.output, args.server)


def _new(args: argparse.Namespace) -> int:
    from .new import new

    return new(args.name, args.from_openapi, args.into)


if __name__ == "__main__":
    sys.exit(main())
