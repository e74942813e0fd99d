"""Documents written otherwise that mean the same."""

import copy
import random

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def inlined(value):
    """Every reference to a component replaced by a copy of it, but where it leads back to itself."""

    def follow(node, open_):
        if isinstance(node, list):
            return [follow(item, open_) for item in node]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in open_ and len(open_) < 3 and reference.startswith("#/components/"):
            target = at(value, reference)
            if target is not None and len(node) == 1:
                return follow(target, (*open_, reference))
        return {key: item if key in {"example", "examples", "mapping"} else follow(item, open_) for key, item in node.items()}

    made = copy.deepcopy(value)
    made["paths"] = follow(made["paths"], ())
    return made


def at(value, reference):
    for token in reference[2:].split("/"):
        token = token.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, dict) or token not in value:
            return None
        value = value[token]
    return value


def renamed(value):
    """Components called otherwise, references with them."""

    def follow(node):
        if isinstance(node, list):
            return [follow(item) for item in node]
        if isinstance(node, dict):
            return {key: follow(item) for key, item in node.items()}
        if isinstance(node, str) and node.startswith("#/components/") and node.count("/") >= 3:
            _, _, kind, name, *rest = node.split("/")
            return "/".join(["#", "components", kind, f"Renamed{name}", *rest])
        return node

    made = follow(copy.deepcopy(value))
    for kind, held in made.get("components", {}).items():
        if kind != "securitySchemes":
            made["components"][kind] = {f"Renamed{name}": item for name, item in held.items()}
    return made


def schemes_renamed(value):
    """Security schemes called otherwise."""
    made = copy.deepcopy(value)
    held = made.get("components", {}).get("securitySchemes", {})
    made["components"]["securitySchemes"] = {f"x{name}": item for name, item in held.items()}
    owners = [made, *(item[method] for item in made["paths"].values() for method in METHODS if method in item)]
    for owner in owners:
        if isinstance(owner.get("security"), list):
            owner["security"] = [{f"x{name}": scopes for name, scopes in held.items()} for held in owner["security"]]
    return made


def nulls_rewritten(value):
    """``type: [x, null]`` as a union with null, and the union as the list."""

    def follow(node, is_schema_map):
        if isinstance(node, list):
            return [follow(item, False) for item in node]
        if not isinstance(node, dict):
            return node
        made = {key: follow(item, key == "properties" and not is_schema_map) if key not in {"example", "examples", "enum"} else item
                for key, item in node.items()}  # fmt: skip
        declared = made.get("type")
        if not is_schema_map and isinstance(declared, list) and "null" in declared and len(declared) == 2 and "anyOf" not in made:
            plain = {**made, "type": next(name for name in declared if name != "null")}
            if "enum" in plain:
                plain["enum"] = [item for item in plain["enum"] if item is not None]
                if None not in made["enum"]:
                    return made
            flags = {key: plain.pop(key) for key in ("readOnly", "writeOnly", "deprecated", "default") if key in plain}
            return {"anyOf": [plain, {"type": "null"}], **flags}
        return made

    return follow(copy.deepcopy(value), False)


def shuffled(value, seed=1):
    """Keys and lists whose order means nothing in another order."""
    chance = random.Random(seed)

    def follow(node):
        if isinstance(node, list):
            return [follow(item) for item in node]
        if not isinstance(node, dict):
            return node
        keys = list(node)
        chance.shuffle(keys)
        made = {key: follow(node[key]) for key in keys}
        for key in ("required", "enum", "parameters", "anyOf", "oneOf", "allOf"):
            if isinstance(made.get(key), list):
                made[key] = chance.sample(made[key], len(made[key]))
        return made

    return follow(copy.deepcopy(value))


def wrapped(value):
    """Every reference inside a schema as an allOf of one."""

    def follow(node, in_schema):
        if isinstance(node, list):
            return [follow(item, in_schema) for item in node]
        if not isinstance(node, dict):
            return node
        if in_schema and set(node) == {"$ref"} and "/schemas/" in str(node["$ref"]):
            return {"allOf": [node]}
        return {key: follow(item, True) if key in {"schema", "properties", "items"} else follow(item, in_schema and key != "discriminator")
                for key, item in node.items()}  # fmt: skip

    return follow(copy.deepcopy(value), False)


def described(value):
    """Words and examples changed everywhere."""

    def follow(node, is_map):
        if isinstance(node, list):
            return [follow(item, False) for item in node]
        if not isinstance(node, dict):
            return node
        made = {key: follow(item, key in {"properties", "schemas"} and not is_map) for key, item in node.items()}
        if not is_map:
            for key in ("description", "summary", "title", "example"):
                if isinstance(made.get(key), str):
                    made[key] = "other words"
        return made

    return follow(copy.deepcopy(value), False)


WAYS = (inlined, renamed, schemes_renamed, nulls_rewritten, shuffled, wrapped, described)
