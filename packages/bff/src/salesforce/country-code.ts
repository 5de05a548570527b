const letters = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
const englishNames = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });

/** English country names, in lower case, to their ISO 3166-1 codes. A deprecated code comes after its successor. */
const codesByName: ReadonlyMap<string, string> = new Map(
  letters
    .flatMap((first) => letters.map((second) => `${first}${second}`))
    .flatMap((code) => {
      const name = englishNames.of(code);
      const isCurrent = Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`;
      return name === undefined || !isCurrent ? [] : [[name.toLowerCase(), code] as const];
    }),
);

/**
 * The two-letter code of a country as an org may hold it: the code itself, or the English name, which is what the
 * text field has where state and country picklists are on. Null for what is neither.
 */
export function countryCodeOf(text: string | null): string | null {
  const country = text?.trim() ?? "";
  if (/^[A-Za-z]{2}$/.test(country)) return country.toUpperCase();
  return codesByName.get(country.toLowerCase()) ?? null;
}
