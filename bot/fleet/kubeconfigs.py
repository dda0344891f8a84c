"""What a kubeconfig calls the cluster that it leads to: for the terminal, where no roster file names it."""

from pathlib import Path

import yaml

from bot.errors import UserError


def current(path: str) -> str:
    """The current context's name. Raises `UserError` for a file that is none, before a library says it in its words."""
    try:
        found = yaml.safe_load(Path(path).read_text())
    except OSError as error:
        raise UserError(
            f"The kubeconfig {path} cannot be read: {error.strerror}.", hint="Is the path right?"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _none(path) from error
    if not isinstance(found, dict) or not isinstance(found.get("clusters"), list):
        raise _none(path)
    name = found.get("current-context")
    if not name:
        names = [str(c.get("name")) for c in found.get("contexts") or [] if isinstance(c, dict)]
        hint = f"Add --context and one of: {', '.join(names)}." if names else "It has no context at all."
        raise UserError(f"The kubeconfig {path} does not say which context is current.", hint=hint)
    return str(name)


def _none(path: str) -> UserError:
    return UserError(f"The file {path} is not a kubeconfig.", hint="kubectl --kubeconfig shows what it makes of it.")
