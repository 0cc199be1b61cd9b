/* page_list.h - the files of pages/, one row each: PAGE(symbol, path, file, type)
 *
 * Read by page_files.S, which compiles the files in, and by page.c, which serves them.  They
 * hold no data, and are open to all.
 */
#define HTML   "text/html; charset=utf-8"
#define CSS    "text/css; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"

PAGE(index_html, "/", "index.html", HTML)
PAGE(style_css, "/style.css", "style.css", CSS)
PAGE(favicon_svg, "/favicon.svg", "favicon.svg", "image/svg+xml")
PAGE(page_js, "/page.js", "page.js", SCRIPT)
PAGE(api_js, "/api.js", "api.js", SCRIPT)
PAGE(draw_js, "/draw.js", "draw.js", SCRIPT)
PAGE(connections_js, "/connections.js", "connections.js", SCRIPT)
PAGE(form_js, "/form.js", "form.js", SCRIPT)
PAGE(repositories_js, "/repositories.js", "repositories.js", SCRIPT)
PAGE(list_js, "/list.js", "list.js", SCRIPT)
PAGE(repository_js, "/repository.js", "repository.js", SCRIPT)
PAGE(charts_js, "/charts.js", "charts.js", SCRIPT)
PAGE(status_js, "/status.js", "status.js", SCRIPT)

#undef HTML
#undef CSS
#undef SCRIPT
