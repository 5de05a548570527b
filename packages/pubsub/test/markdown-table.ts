/** The cells of the first table after a text, without its heading; what is code stands without its marks. */
export function tableAfter(markdown: string, text: string): readonly (readonly string[])[] {
  const start = markdown.indexOf(text);
  if (start < 0) throw new Error(`there is no "${text}"`);
  const lines = markdown.slice(start).split("\n");
  const first = lines.findIndex((line) => line.startsWith("|"));
  const rows: string[][] = [];
  for (const line of lines.slice(first + 2)) {
    if (!line.startsWith("|")) break;
    rows.push(
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`([^`]*)`$/, "$1")),
    );
  }
  return rows;
}
