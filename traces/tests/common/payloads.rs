//! Free text that would be markup or script if a page took it as such, and a scenario with it in every free place. The browser's
//! tests use the same.

/// Tags, attributes, ends of what a page stands in, and characters that editors hide.
pub const PAYLOADS: [&str; 44] = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</SCRIPT ><script>alert(1)//",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</pre><img src=x onerror=alert(1)>",
    "</code></pre></main><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</noscript><script>alert(1)</script>",
    "</svg><script>alert(1)</script>",
    "</template><script>alert(1)</script>",
    "</xmp><script>alert(1)</script>",
    "</iframe><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a>",
    "<svg><foreignObject><iframe srcdoc=x></foreignObject>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<form action=javascript:alert(1)><input type=submit>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<body onload=alert(1)>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css'</style>",
    "<video><source onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<!--<script>alert(1)</script>-->",
    "--><script>alert(1)</script>",
    "<!--><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=1.0?><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;&#60;b&#62;&NewLine;",
    "\u{ff1c}script\u{ff1e} \u{202e}tpircs\u{202d} \u{0}<b>\u{1b}[31m",
    "' onmouseover=alert(1) x='\u{2028}`${alert(1)}` <b/onclick=alert(1)//",
];

/// A scenario with free text wherever there is any, on as many lines as with any other text.
pub fn scenario(free: &str) -> String {
    // what a comment and a string cannot hold would be a mistake of the scenario, not of the page
    let line: String = free.chars().filter(|c| !c.is_control() && !"\u{202d}\u{202e}\u{2028}".contains(*c)).collect();
    let string: String = line.chars().filter(|c| *c != '"' && *c != '\\').collect();
    let comment = line.replace("*/", "* /");
    format!(
        "scenario \"{string}\";\n// {line}\nsource \"{string}\";\n/* {comment} */\nprocess host {{ // {line}\n    \
         module dll;\n    thread worker : code dll {{ /* {comment} */ }}\n    thread control {{\n        \
         FreeLibrary(/* {comment} */ dll); // {line}\n    }}\n}}\nnever gone: /* {comment} */ !loaded(host.dll);\n"
    )
}
