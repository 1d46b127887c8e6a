"""A hook of MkDocs: teaches Pygments the Caddyfile, so that its blocks are highlighted like the others."""

from pygments.lexer import RegexLexer, bygroups
from pygments.lexers import _lexer_cache
from pygments.lexers import LEXERS
from pygments.token import Comment, Keyword, Name, Punctuation, String, Text


class CaddyfileLexer(RegexLexer):
    name = "Caddyfile"
    aliases = ["caddyfile"]
    filenames = ["Caddyfile"]
    tokens = {
        "root": [
            (r"(^|(?<=\s))#.*", Comment),
            (r"^([ \t]*)(@[\w-]+|\([\w-]+\))", bygroups(Text, Name.Label)),
            (r"^([^\s#{}][^\s{]*)", Name.Namespace),  # the address of a site
            (r"^([ \t]+)([a-z][\w-]*)", bygroups(Text, Keyword)),  # a directive
            (r"\{[$\w][^\s{}]*\}", Name.Variable),  # a placeholder
            (r'"[^"]*"|`[^`]*`', String),
            (r"[{}]", Punctuation),
            (r"[^\s{}]+", Text),
            (r"\n|[ \t]+", Text),
        ],
    }


def on_config(config):
    LEXERS["CaddyfileLexer"] = (__name__, CaddyfileLexer.name, tuple(CaddyfileLexer.aliases), ("Caddyfile",), ())
    _lexer_cache[CaddyfileLexer.name] = CaddyfileLexer
    return config
