/** C0 and DEL as the pictures that Unicode has of them, save line ends and tabs; other controls and what turns or hides text as its number. */
const hidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|[\x80-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const picture = (sign: string): string => {
  const code = sign.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
};

/** Text of others as it can be looked at: what cannot be seen, or changes how the rest is seen, stands there as a sign. */
export const visibleText = (text: string): string => text.replace(hidden, picture);

/** The same on one line. */
export const visibleLine = (text: string): string => visibleText(text).replaceAll("\r\n", "⏎").replaceAll(/[\n\r]/g, "⏎").replaceAll("\t", "⇥");
