import { type KeyboardEvent, type MouseEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { toneOf } from "../../design/tone.ts";
import { dayAfter, spanOf, weeksOf } from "./month-days.ts";
import { type StateCounts, statesText, summaryState, totalOf } from "./task-summary.ts";
import styles from "./year-calendar.module.css";

interface Span {
  from: string;
  to: string;
}

interface YearCalendarProps {
  year: number;
  days: ReadonlyMap<string, StateCounts>;
  painted: Span | undefined;
  onPaint(span: Span | undefined): void;
}

const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const monthName = new Intl.DateTimeFormat(undefined, { month: "long", timeZone: "UTC" });
const dayName = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const weekdays = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/** The twelve months of a year. Days are painted over by dragging, by two presses with Shift, and by Shift with the arrows. */
export function YearCalendar({ year, days, painted, onPaint }: YearCalendarProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [anchor, setAnchor] = useState<string>();
  const [drawn, setDrawn] = useState<Span>();
  // The pointer may be let go before the last picture is drawn.
  const drawing = useRef<Span>(undefined);
  const [at, setAt] = useState(painted?.from ?? [...days.keys()][0] ?? `${year}-01-01`);
  const span = drawn ?? painted;

  const draw = (next: Span | undefined): void => {
    drawing.current = next;
    setDrawn(next);
  };
  // A drag ends wherever the pointer is let go.
  useEffect(() => {
    const end = (): void => {
      const done = drawing.current;
      drawing.current = undefined;
      setDrawn(undefined);
      if (done) onPaint(done);
    };
    addEventListener("pointerup", end);
    return () => removeEventListener("pointerup", end);
  }, [onPaint]);

  const onDown = (event: PointerEvent): void => {
    const day = dayOf(event.target);
    // A finger scrolls; what it taps is painted by the click.
    if (day === undefined || event.button !== 0 || event.pointerType === "touch") return;
    const from = event.shiftKey && anchor !== undefined ? anchor : day;
    setAnchor(from);
    setAt(day);
    draw(spanOf(from, day));
  };
  const onMove = (event: PointerEvent): void => {
    const day = drawing.current && dayOf(event.target);
    if (day !== undefined && anchor !== undefined && !isSame(drawing.current, spanOf(anchor, day))) draw(spanOf(anchor, day));
  };
  const onClick = (event: MouseEvent<HTMLElement, globalThis.PointerEvent>): void => {
    const day = dayOf(event.target);
    if (day === undefined || event.nativeEvent.pointerType !== "touch") return;
    setAnchor(day);
    setAt(day);
    onPaint({ from: day, to: day });
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") return onPaint(undefined);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      setAnchor(at);
      return onPaint({ from: at, to: at });
    }
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const next = dayAfter(at, step);
    if (!next.startsWith(String(year))) return;
    const from = event.shiftKey ? (anchor ?? at) : next;
    setAnchor(from);
    setAt(next);
    frame.current?.querySelector<HTMLElement>(`[data-day="${next}"]`)?.focus();
    if (event.shiftKey) onPaint(spanOf(from, next));
  };
  const months = useMemo(() => Array.from({ length: 12 }, (_, i) => ({ name: monthName.format(Date.UTC(year, i, 1)), weeks: weeksOf(year, i + 1) })), [year]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the days in it are the buttons; here their drags and arrows come together
    <div ref={frame} className={styles.year} onPointerDown={onDown} onPointerMove={onMove} onClick={onClick as never} onFocus={({ target }) => setAt(dayOf(target) ?? at)} onKeyDown={onKey}>
      {months.map(({ name, weeks }) => (
        <section key={name} aria-label={name}>
          <h3>{name}</h3>
          <div className={styles.week} aria-hidden>
            {weekdays.map((weekday) => (
              <span key={weekday} className={styles.weekday}>
                {weekday}
              </span>
            ))}
          </div>
          {weeks.map((week) => (
            <div key={week.find(Boolean)} className={styles.week}>
              {week.map((day, i) => (day === null ? <span key={weekdays[i]} /> : <Day key={day} day={day} states={days.get(day)} isPainted={span !== undefined && day >= span.from && day <= span.to} isNext={day === at} />))}
            </div>
          ))}
        </section>
      ))}
    </div>
  );
}

const isSame = (one: Span | undefined, other: Span): boolean => one?.from === other.from && one.to === other.to;

const dayOf = (target: EventTarget | null): string | undefined => (target instanceof Element ? target.closest<HTMLElement>("[data-day]")?.dataset.day : undefined);

function Day({ day, states, isPainted, isNext }: { day: string; states: StateCounts | undefined; isPainted: boolean; isNext: boolean }) {
  const state = states && summaryState(states);
  const words = `${dayName.format(Date.parse(day))}: ${states ? runsText(states) : "no run"}`;
  return (
    <button type="button" data-day={day} className={`${styles.day} ${state ? styles[toneOf(state)] : ""}`} aria-pressed={isPainted} aria-label={words} title={words} tabIndex={isNext ? 0 : -1}>
      {Number(day.slice(8))}
    </button>
  );
}

const runsText = (states: StateCounts): string => (totalOf(states) === 1 ? `one run, ${statesText(states)}` : `runs: ${statesText(states)}`);
