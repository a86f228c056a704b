/* A worker that ticks: browsers slow the timers of pages in the background, not those of workers. */
"use strict";
setInterval(() => postMessage("tick"), 1000);
