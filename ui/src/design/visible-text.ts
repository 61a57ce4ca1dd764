/** Marks that turn the direction of text, and others that are not seen. */
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Text of others as it is: what would not be seen, or turn the words around it, is shown as a symbol or its number. New lines and tabs stay. */
export const visibleText = (text: string): string => text.replace(unseen, (mark) => symbolOf(mark.charCodeAt(0)));

function symbolOf(code: number): string {
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
