//! The page's files, compiled in: nothing is read from any folder to answer a request.

/// The document: nothing but the places of script and style.
pub(super) const DOCUMENT: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
     <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Rundown</title>\n\
     <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"page.css\">\n</head>\n<body>\n\
     <div id=\"page\"></div>\n<noscript>This page is shown by a script.</noscript>\n\
     <script src=\"page.js\"></script>\n</body>\n</html>\n";
pub(super) use traces::page::html::{SCRIPT, STYLE};
