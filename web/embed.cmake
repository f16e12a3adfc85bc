# cmake -DPAGE_DIR=.. -DOUT_DIR=.. -DFILES=a,b -P embed.cmake
#
# Writes OUT_DIR/asset_bytes.S, which takes the files in with .incbin, and OUT_DIR/assets.cc, the
# table over them. A file type of the page is one row of the table of content types.
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

string(REPLACE "," ";" files "${FILES}")
list(SORT files)  # index.html is served as "/", which sorts before every other path

set(assembler "    .section .rodata\n")
set(declarations "")
set(rows "")
set(number 0)
set(ordered index.html ${files})
list(REMOVE_DUPLICATES ordered)
foreach(file IN LISTS ordered)
  set(source "${PAGE_DIR}/${file}")
  if(NOT EXISTS "${source}")
    message(FATAL_ERROR "web/CMakeLists.txt names ${file}, which isn't in ${PAGE_DIR}")
  endif()
  get_filename_component(extension "${file}" LAST_EXT)
  string(SUBSTRING "${extension}" 1 -1 extension)
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "${file}: web/embed.cmake has no content type for .${extension}")
  endif()
  file(SIZE "${source}" size)
  file(SHA256 "${source}" hash)
  string(SUBSTRING "${hash}" 0 32 hash)
  set(path "/${file}")
  if(file STREQUAL "index.html")
    set(path "/")
  endif()
  set(symbol "footnote_web_asset_${number}")
  # The hash in the comment makes the assembler file differ whenever a taken-in file does, which
  # compiler caches need: they don't look through .incbin.
  string(APPEND assembler
    "    .global ${symbol}\n${symbol}:  /* ${hash} */\n    .incbin \"${source}\"\n    .byte 0\n")
  string(APPEND declarations "extern const char ${symbol}[];\n")
  string(APPEND rows
    "    {\"${path}\", \"${type_${extension}}\", {${symbol}, ${size}}, \"\\\"${hash}\\\"\"},\n")
  math(EXPR number "${number} + 1")
endforeach()
string(APPEND assembler "    .section .note.GNU-stack, \"\", %progbits\n")

file(WRITE "${OUT_DIR}/asset_bytes.S" "${assembler}")
file(WRITE "${OUT_DIR}/assets.cc"
"#include \"web/assets.h\"

extern \"C\" {
${declarations}}

namespace footnote::web {

absl::Span<const Asset> WebAssets() {
  static const Asset kAssets[] = {
${rows}  };
  return kAssets;
}

}  // namespace footnote::web
")
