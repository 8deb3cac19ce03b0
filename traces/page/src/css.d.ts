// esbuild takes the style sheet along and writes it next to the script.
declare module "*.css";
