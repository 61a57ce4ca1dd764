import { StateBadge } from "../../design/components/state-badge.tsx";
import styles from "./backfill-form.module.css";

export interface TaskSetView {
  tasks: { task: string; index: number; state: string }[];
  release: string;
  releaseBefore: string;
  newTasks: string[];
  goneTasks: string[];
}

const listed = 50;

/** Which tasks a change is about, as they stand now. */
export function TaskSet({ set: { tasks, release, releaseBefore, newTasks, goneTasks } }: { set: TaskSetView }) {
  return (
    <div>
      <p role="status">{tasks.length === 1 ? "It is one task:" : `They are ${tasks.length.toLocaleString("en")} tasks:`}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <ul className={styles.list} aria-label="The tasks of it" tabIndex={0}>
        {tasks.slice(0, listed).map(({ task, index, state }) => (
          <li key={`${task}/${index}`}>
            <span className="foreign">{taskText(task, index)}</span>
            <StateBadge state={state} />
          </li>
        ))}
      </ul>
      {tasks.length > listed && <p className="quiet">… and {(tasks.length - listed).toLocaleString("en")} more</p>}
      {release !== releaseBefore && <p>They run with the code of release {release.slice(0, 12)}; the run had {releaseBefore.slice(0, 12)}.</p>}
      {newTasks.length > 0 && <p className="foreign">New in it, and run too: {newTasks.join(", ")}.</p>}
      {goneTasks.length > 0 && <p className="foreign">No more in it: {goneTasks.join(", ")}.</p>}
    </div>
  );
}

export const taskText = (task: string, index: number): string => (index < 0 ? task : `${task}[${index}]`);
