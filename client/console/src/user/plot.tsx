/** The bars of a chart. A pointer or the arrow keys choose a day. */

import { scaleBand, scaleLinear } from "d3-scale";
import { stack } from "d3-shape";
import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useMemo, useRef, useState } from "react";

import * as format from "../format";
import { type Bar, height, type Measure, type Series } from "./usage-data";

const HEIGHT = 240;
const MARGIN = { top: 8, right: 0, bottom: 24, left: 44 };
/** Narrower bars stand without a gap. */
const WIDE_ENOUGH = 4;

export interface PlotProps {
  readonly bars: readonly Bar[];
  readonly series: readonly Series[];
  readonly measure: Measure;
  readonly pointed: number | undefined;
  readonly onPoint: (index: number | undefined) => void;
  /** A day for screen readers. */
  readonly words: (bar: Bar) => string;
}

export function Plot({ bars, series, measure, pointed, onPoint, words }: PlotProps) {
  const [box, width] = useWidth();
  const { x, y, paths } = useMemo(() => drawn(bars, series, measure, width), [bars, series, measure, width]);
  const last = bars.length - 1;
  const at = ({ clientX, currentTarget }: PointerEvent) => {
    const across = clientX - currentTarget.getBoundingClientRect().left - MARGIN.left;
    onPoint(Math.min(last, Math.max(0, Math.floor((across / (width - MARGIN.left - MARGIN.right)) * bars.length))));
  };
  const move = (event: KeyboardEvent) => {
    const to = target(event.key, pointed ?? last, last);
    if (to === undefined) return;
    event.preventDefault();
    onPoint(to === "none" ? undefined : to);
  };
  const shown = bars[pointed ?? last]!;
  return (
    <div
      ref={box}
      className="plot"
      role="slider"
      tabIndex={0}
      aria-label="Day of the chart"
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={pointed ?? last}
      aria-valuetext={words(shown)}
      onPointerMove={at}
      onPointerDown={at}
      onPointerLeave={() => onPoint(undefined)}
      onBlur={() => onPoint(undefined)}
      onKeyDown={move}
    >
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
        <Axes x={x} y={y} bars={bars} measure={measure} width={width} />
        {paths.map((path, place) => (
          <path key={series[place]!.name} d={path} style={{ fill: `var(${series[place]!.colour})` }} />
        ))}
        {pointed !== undefined && (
          <rect className="cursor" x={x(shown.date)} y={MARGIN.top} width={Math.max(2, x.bandwidth())} height={HEIGHT - MARGIN.top - MARGIN.bottom} />
        )}
      </svg>
    </div>
  );
}

/** Where a key leads. */
function target(key: string, from: number, last: number): number | "none" | undefined {
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -7, PageUp: 7 };
  if (key === "Escape") return "none";
  if (key === "Home") return 0;
  if (key === "End") return last;
  const step = steps[key];
  return step === undefined ? undefined : Math.min(last, Math.max(0, from + step));
}

/** How wide it is: text is as large on a phone as elsewhere. */
function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(720);
  useLayoutEffect(() => {
    const seen = box.current;
    if (seen === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(Math.max(200, seen.clientWidth)));
    observer.observe(seen);
    setWidth(Math.max(200, seen.clientWidth));
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}

/** One path for each series, however many days there are. */
function drawn(bars: readonly Bar[], series: readonly Series[], measure: Measure, width: number) {
  const inner = width - MARGIN.left - MARGIN.right;
  const gap = inner / bars.length >= WIDE_ENOUGH ? 0.22 : 0;
  const dates = bars.map(({ date }) => date);
  const x = scaleBand(dates, [MARGIN.left, width - MARGIN.right]).paddingInner(gap).paddingOuter(gap / 2);
  const places = series.map((_, place) => place);
  // What costs less than nothing has no height.
  const stacked = stack<unknown, Bar, number>()
    .keys(places)
    .value((bar, place) => Math.max(0, height(bar.sums[place]!, measure)))(bars);
  const highest = Math.max(...(stacked.at(-1) ?? []).map(([, top]) => top), 0);
  const y = scaleLinear([0, highest || 1], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(4);
  const bandwidth = x.bandwidth();
  const rect = ([low, high]: readonly [number, number] | readonly number[], index: number) =>
    high === low ? "" : `M${x(dates[index]!)!.toFixed(2)} ${y(high!).toFixed(2)}h${bandwidth.toFixed(2)}V${y(low!).toFixed(2)}h-${bandwidth.toFixed(2)}z`;
  return { x, y, paths: stacked.map((layer) => layer.map((span, index) => rect(span, index)).join("")) };
}

type Drawn = ReturnType<typeof drawn>;

interface AxesProps extends Pick<Drawn, "x" | "y"> {
  readonly bars: readonly Bar[];
  readonly measure: Measure;
  readonly width: number;
}

function Axes({ x, y, bars, measure, width }: AxesProps) {
  const unit = (value: number) => (measure === "cost_usd" ? `$${format.count(value)}` : format.count(value));
  const wanted = Math.max(2, Math.floor((width - MARGIN.left) / 110));
  const step = Math.max(1, Math.ceil(bars.length / wanted));
  const dated = bars.filter((_, index) => index % step === 0 && index <= bars.length - step / 2);
  return (
    <>
      {y.ticks(4).map((value) => (
        <g key={value}>
          <line className={value === 0 ? "base" : "grid"} x1={MARGIN.left} x2={width - MARGIN.right} y1={y(value)} y2={y(value)} />
          <text x={MARGIN.left - 8} y={y(value)} dy="0.32em" textAnchor="end">
            {unit(value)}
          </text>
        </g>
      ))}
      {dated.map(({ date }) => (
        <text key={date} x={x(date)} y={HEIGHT - 4}>
          {format.shortDay(date, bars.length > 180)}
        </text>
      ))}
    </>
  );
}
