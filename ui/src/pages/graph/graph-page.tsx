import { Page } from "../../design/components/page.tsx";

export default function GraphPage() {
  return <Page title="Graph">{null}</Page>;
}
