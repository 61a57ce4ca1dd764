import { Menu } from "@base-ui/react/menu";
import { Download } from "lucide-react";
import { useState } from "react";
import { tell } from "../../design/notices.ts";
import buttonStyles from "../../design/components/button.module.css";
import styles from "./download-menu.module.css";
import { type DownloadFormat, downloadResult } from "./download-result.ts";
import type { QueryView } from "./ended-query.ts";

const formats: { format: DownloadFormat; title: string; hint: string }[] = [
  { format: "csv", title: "CSV", hint: "as it is" },
  { format: "spreadsheet", title: "CSV for a spreadsheet", hint: "no text is taken for a formula" },
  { format: "parquet", title: "Parquet", hint: "with its types" },
];

/** All rows of a result as a file. */
export function DownloadMenu({ view }: { view: QueryView }) {
  const [rows, setRows] = useState<number>();
  const start = async (format: DownloadFormat): Promise<void> => {
    setRows(0);
    try {
      await downloadResult(view.id, format, setRows);
    } catch (error) {
      tell("The result was not downloaded.", error);
    } finally {
      setRows(undefined);
    }
  };
  return (
    <Menu.Root>
      <Menu.Trigger className={buttonStyles.button} disabled={rows !== undefined}>
        <Download size={14} />
        {rows === undefined ? "Download" : rows === 0 ? "Downloading…" : `${rows.toLocaleString("en")} rows…`}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className={styles.positioner} sideOffset={4} align="end">
          <Menu.Popup className={styles.menu}>
            {formats.map(({ format, title, hint }) => (
              <Menu.Item key={format} className={styles.item} onClick={() => void start(format)}>
                {title} <span className="quiet">{hint}</span>
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
