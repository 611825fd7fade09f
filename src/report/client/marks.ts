import uPlot from 'uplot';
import type { Mark } from '../page-data.ts';
import { colour } from './dom.ts';
import { MARKS } from './mark-letters.ts';

/** Two letters closer than this would cover each other, CSS pixels. */
const CLOSEST = 11;

/** Draws each mark as a thin line with its letter on top. */
export function marksPlugin(marks: readonly Mark[]): uPlot.Plugin {
  return {
    hooks: {
      draw(plot) {
        const { ctx, bbox } = plot;
        const ratio = uPlot.pxRatio;
        let lastLetter = Number.NEGATIVE_INFINITY;
        ctx.save();
        ctx.strokeStyle = colour('mark');
        ctx.fillStyle = colour('muted');
        ctx.lineWidth = ratio;
        ctx.font = `${10 * ratio}px system-ui, sans-serif`;
        ctx.textAlign = 'center';
        ctx.setLineDash([2 * ratio, 3 * ratio]);
        for (const { time, kind } of marks) {
          const x = Math.round(plot.valToPos(time / 1_000, 'x', true));
          if (x < bbox.left || x > bbox.left + bbox.width) continue;
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
          if (x - lastLetter < CLOSEST * ratio) continue;
          ctx.fillText(MARKS[kind][0], x, bbox.top - 3 * ratio);
          lastLetter = x;
        }
        ctx.restore();
      },
    },
  };
}
