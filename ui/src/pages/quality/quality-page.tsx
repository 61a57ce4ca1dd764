import { Page } from "../../design/components/page.tsx";

export default function QualityPage() {
  return <Page title="Quality">{null}</Page>;
}
