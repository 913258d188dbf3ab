/** Lets Node find the browser's modules as the browser does: all apps' static folders are one under /static/. */

import { existsSync } from "node:fs";
import { registerHooks } from "node:module";

const FOLDERS = ["config/static/", "accounts/static/", "rooms/static/"];
const ROOT = new URL("../../", import.meta.url);

registerHooks({
  resolve(specifier, context, next) {
    const meant = specifier.startsWith(".") && context.parentURL ? new URL(specifier, context.parentURL) : null;
    if (!meant || meant.protocol !== "file:" || existsSync(meant)) return next(specifier, context);
    const home = FOLDERS.find((folder) => meant.href.startsWith(new URL(folder, ROOT).href));
    const path = home && meant.href.slice(new URL(home, ROOT).href.length);
    const there = FOLDERS.map((folder) => new URL(folder + path, ROOT)).find((url) => path && existsSync(url));
    return next(there?.href ?? specifier, context);
  },
});
