// Reduces a picture to 256 colours by median cut. Given a PNG as base64; answers size, palette and indices (base64).
async (png) => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const data = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  const counts = new Map();
  for (const colour of data) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const part = (colour, axis) => (colour >>> (8 * axis)) & 255;
  const box = (colours) => {
    let widest = { range: -1, axis: 0 };
    for (const axis of [0, 1, 2]) {
      let low = 255, high = 0;
      for (const colour of colours) {
        low = Math.min(low, part(colour, axis));
        high = Math.max(high, part(colour, axis));
      }
      if (high - low > widest.range) widest = { range: high - low, axis };
    }
    const weight = colours.reduce((sum, colour) => sum + counts.get(colour), 0);
    return { colours, ...widest, weight, worth: widest.range * Math.sqrt(weight) };
  };
  const boxes = [box([...counts.keys()])];
  while (boxes.length < 256) {
    const at = boxes.reduce((best, each, index) => (each.worth > boxes[best].worth ? index : best), 0);
    const { colours, axis, range, weight } = boxes[at];
    if (range === 0) break;
    colours.sort((a, b) => part(a, axis) - part(b, axis));
    let seen = 0, cut = 0;
    while (cut < colours.length - 1 && (cut === 0 || seen < weight / 2)) seen += counts.get(colours[cut++]);
    boxes.splice(at, 1, box(colours.slice(0, cut)), box(colours.slice(cut)));
  }
  const palette = [];
  const index = new Map();
  boxes.forEach(({ colours, weight }, number) => {
    const mean = (axis) => Math.round(colours.reduce((sum, c) => sum + part(c, axis) * counts.get(c), 0) / weight);
    palette.push(mean(0), mean(1), mean(2));
    for (const colour of colours) index.set(colour, number);
  });
  let indices = "";
  for (const colour of data) indices += String.fromCharCode(index.get(colour));
  return { width: image.width, height: image.height, palette, indices: btoa(indices) };
}
