import { Page } from "../../design/components/page.tsx";

export default function TopicsPage() {
  return <Page title="Topics">{null}</Page>;
}
