// Writes PO UI's theme to build/theme with fonts that hold only what the page can show:
// Latin letters, and the icons that PO UI's components name.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import subsetFont from 'subset-font';

const style = 'node_modules/@po-ui/style/';
const components = 'node_modules/@po-ui/ng-components/fesm2022/po-ui-ng-components.mjs';
const out = 'build/theme/';

const css = await readFile(`${style}css/po-theme-default.min.css`, 'utf8');
const names = new Set((await readFile(components, 'utf8')).match(/\ban-[a-z0-9-]+/g));
const icons = [...css.matchAll(/\.(an-[a-z0-9-]+):before\s*\{\s*content:\s*"(?:\\([0-9a-f]+)|([^"]))"/g)]
  .filter(([, name]) => names.has(name))
  .map(([, , code, char]) => (code ? String.fromCodePoint(parseInt(code, 16)) : char))
  .join('');
const latin = Array.from({ length: 0x180 - 0x20 }, (_, i) => String.fromCodePoint(0x20 + i)).join('') + '–—‘’“”•…€';

const fonts = [
  ['Roboto', 'fonts/Roboto/Roboto-Regular.ttf', latin, 400],
  ['Roboto-Condensed-Light', 'fonts/Roboto/Roboto-Light.ttf', latin, 300],
  ['Roboto-Bold', 'fonts/Roboto/Roboto-Bold.ttf', latin, 400],
  ['Animalia', 'icons/animalia-icon/Animalia.ttf', icons, 400],
  ['Animalia-Fill', 'icons/animalia-icon/Animalia-Fill.ttf', icons, 400],
];

await mkdir(out, { recursive: true });
let faces = '';
for (const [family, file, text, weight] of fonts) {
  const name = `${family}.woff2`;
  await writeFile(out + name, await subsetFont(await readFile(style + file), text, { targetFormat: 'woff2' }));
  faces += `@font-face{font-family:${family};src:url(./${name}) format("woff2");font-weight:${weight};font-display:swap}\n`;
}
const icon = /\.an-[a-z0-9-]+:before\s*\{[^}]*\}/g;
const rest = css
  .replace(/@font-face\s*\{[^}]*\}/g, '')
  .replace(icon, (rule) => (names.has(rule.slice(1, rule.indexOf(':'))) ? rule : ''));
await writeFile(`${out}theme.css`, faces + rest);
console.log(`theme: ${icons.length} icons, ${Math.round((faces.length + rest.length) / 1024)} KB`);
