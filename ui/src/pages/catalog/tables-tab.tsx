import { Empty } from "../../design/components/empty.tsx";
import { EntryList } from "./entry-list.tsx";

/** The tables of a database. */
export function TablesTab({ database }: { database: string }) {
  return <EntryList label={`Tables of ${database}`} wanted={{ database }} none={<Empty title="It has no table">Declare one whose name begins with it: table("{database}.…")</Empty>} />;
}
