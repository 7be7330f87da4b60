/** A button of one of four weights: the one action of a view, an ordinary one, one in the background, a destructive one. */
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components";

export interface ButtonProps extends AriaButtonProps {
  variant?: "primary" | "plain" | "quiet" | "danger";
}

export function Button({ variant = "plain", ...props }: ButtonProps) {
  return <AriaButton {...props} className={`button ${variant}`} />;
}
