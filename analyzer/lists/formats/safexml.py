"""XML from strangers: no entities, no network, no giants."""

from lxml import etree

from analyzer.core.errors import InputError


def parse_xml(raw: bytes, name: str) -> etree._Element:
    """Parse a document without resolving entities or fetching anything.

    Raises
    ------
    InputError
        If the document is not well formed, breaks off, or declares entities.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_pis=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        reason = " ".join(str(error.msg).split())
        raise InputError(f"{name}: not a whole XML document: {reason}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise InputError(f"{name}: the document declares its own entities or types; refused")
    return root


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return etree.QName(element).localname


def children(element: etree._Element | None, name: str) -> list[etree._Element]:
    """Return the child elements of one name, whatever their namespace."""
    if element is None:
        return []
    return [c for c in element if isinstance(c.tag, str) and local(c) == name]


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """Return the first child element of a name, or None."""
    return next(iter(children(element, name)), None)


def line_of(element: etree._Element) -> int:
    """Return the line of an element; 0 where the parser does not tell."""
    line: object = element.sourceline
    return line if isinstance(line, int) else 0


def text(element: etree._Element | None, *path: str) -> str:
    """Return the text at a path of child names; empty when there is none."""
    for name in path:
        element = child(element, name)
    return (element.text or "").strip() if element is not None else ""


def names_below(element: etree._Element) -> list[str]:
    """Return the names of the child elements."""
    return [local(c) for c in element if isinstance(c.tag, str)]
