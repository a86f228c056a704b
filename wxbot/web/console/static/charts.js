/* Draws the charts of the desk's figures from the page's data. Without it every number stands in the tables too. */
"use strict";
(() => {
  const source = document.getElementById("chart-data");
  if (!source || !window.echarts) return;
  const data = JSON.parse(source.dataset.charts);
  const style = getComputedStyle(document.body);
  const text = { color: style.color, fontFamily: style.fontFamily };
  // Rich text is drawn on the canvas: a tooltip in HTML would need styles inside of it, which the page forbids.
  const tooltip = { trigger: "axis", renderMode: "richText" };
  const byTime = (series) => ({
    textStyle: text,
    tooltip,
    legend: { data: ["会话数", "30 秒内首次答复 %"], bottom: 0, textStyle: text },
    grid: { left: 40, right: 48, top: 16, bottom: 56 },
    xAxis: { type: "category", data: series.labels },
    yAxis: [
      { type: "value", minInterval: 1 },
      { type: "value", min: 0, max: 100, splitLine: { show: false } },
    ],
    series: [
      { name: "会话数", type: "bar", data: series.count, barMaxWidth: 32, itemStyle: { color: "#7fa7c9" } },
      {
        name: "30 秒内首次答复 %",
        type: "line",
        yAxisIndex: 1,
        data: series.on_time,
        connectNulls: true,
        itemStyle: { color: "#2b7a4b" },
      },
    ],
  });
  const options = {
    days: () => byTime(data.days),
    hours: () => byTime(data.hours),
    endings: () => ({
      textStyle: text,
      tooltip: { trigger: "item", renderMode: "richText" },
      series: [
        {
          type: "pie",
          radius: ["34%", "56%"],
          data: data.endings.filter((each) => each.value > 0),
          label: { formatter: "{b}\n{c}", color: text.color, overflow: "none" },
        },
      ],
    }),
  };
  for (const place of document.querySelectorAll("[data-chart]")) {
    const chart = window.echarts.init(place);
    chart.setOption({ animation: false, aria: { enabled: true }, ...options[place.dataset.chart]() });
    new ResizeObserver(() => chart.resize()).observe(place);
  }
})();
