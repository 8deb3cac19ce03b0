// A drawing of the page as a file of its own: what the style sheet says is written into the elements.

const NAMESPACE = "http://www.w3.org/2000/svg";
const STYLES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity", "font-family", "font-size", "font-weight",
  "text-anchor", "paint-order", "stroke-linejoin", "text-decoration-line",
];

function inline(from: Element, to: Element): void {
  const style = getComputedStyle(from);
  for (const name of STYLES) {
    const value = style.getPropertyValue(name);
    if (value !== "") to.setAttribute(name, value);
  }
  to.removeAttribute("class");
  Array.from(from.children).forEach((child, index) => {
    const twin = to.children[index];
    if (twin) inline(child, twin);
  });
}

/** Serializes a drawing, with another one above it if there is one. */
export function svgText(drawing: Element | null, head?: Element | null): string {
  if (!(drawing instanceof SVGSVGElement)) return "";
  const parts = [head, drawing].filter((one): one is SVGSVGElement => one instanceof SVGSVGElement);
  const root = document.createElementNS(NAMESPACE, "svg");
  let height = 0;
  let width = 0;
  for (const part of parts) {
    const copy = part.cloneNode(true) as SVGSVGElement;
    inline(part, copy);
    copy.setAttribute("y", String(height));
    height += Number(part.getAttribute("height"));
    width = Math.max(width, Number(part.getAttribute("width")));
    root.append(copy);
  }
  const paper = document.createElementNS(NAMESPACE, "rect");
  paper.setAttribute("width", String(width));
  paper.setAttribute("height", String(height));
  paper.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
  root.prepend(paper);
  root.setAttribute("width", String(width));
  root.setAttribute("height", String(height));
  root.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return `${new XMLSerializer().serializeToString(root)}\n`;
}
