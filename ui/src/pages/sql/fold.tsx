import { ChevronDown, ChevronRight } from "lucide-react";

/** Whether what is below is seen. */
export const Fold = ({ isOpen }: { isOpen: boolean }) => (isOpen ? <ChevronDown size={12} aria-hidden /> : <ChevronRight size={12} aria-hidden />);
