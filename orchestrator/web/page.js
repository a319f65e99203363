// Moves the vehicles' markers between updates, and lets the map be zoomed (wheel) and dragged.
window.musterMove = (positions) => {
  for (const mark of document.querySelectorAll(".m-map .vehicle")) {
    const xy = positions[mark.dataset.vehicle];
    if (xy) mark.style.transform = `translate(${xy[0]}px, ${xy[1]}px)`;
  }
};
document.addEventListener("wheel", (event) => {
  const map = event.target.closest && event.target.closest(".m-map");
  if (!map) return;
  event.preventDefault();
  const box = map.viewBox.baseVal, area = map.getBoundingClientRect();
  const factor = event.deltaY > 0 ? 1.15 : 1 / 1.15;
  const width = Math.min(1000, Math.max(120, box.width * factor)), height = width * 0.64;
  const px = (event.clientX - area.left) / area.width, py = (event.clientY - area.top) / area.height;
  map.setAttribute("viewBox", `${box.x + (box.width - width) * px} ${box.y + (box.height - height) * py} ${width} ${height}`);
}, { passive: false });
document.addEventListener("pointerdown", (down) => {
  const map = down.target.closest && down.target.closest(".m-map");
  if (!map) return;
  const box = map.viewBox.baseVal, x0 = box.x, y0 = box.y, scale = box.width / map.getBoundingClientRect().width;
  const move = (event) => map.setAttribute("viewBox",
    `${x0 - (event.clientX - down.clientX) * scale} ${y0 - (event.clientY - down.clientY) * scale} ${box.width} ${box.height}`);
  const stop = () => { document.removeEventListener("pointermove", move); document.removeEventListener("pointerup", stop); };
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", stop);
});
