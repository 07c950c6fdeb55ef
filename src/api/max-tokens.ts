/** Lexical tokens of a query: parsing stops there. */
export const MAX_TOKENS = 5_000;
