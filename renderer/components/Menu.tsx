/** A button that opens a list of actions. */
import type { ReactNode } from "react";
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { Button, type ButtonProps } from "./Button.js";

export interface MenuAction {
  id: string;
  label: string;
  detail?: string;
}

interface MenuProps {
  children: ReactNode; // of the button
  label?: string; // of a button without text
  actions: readonly MenuAction[];
  onAction: (id: string) => void;
  variant?: ButtonProps["variant"];
  isDisabled?: boolean;
}

export function Menu({ children, label, actions, onAction, variant = "plain", isDisabled = false }: MenuProps) {
  return (
    <MenuTrigger>
      <Button variant={variant} isDisabled={isDisabled} {...(label === undefined ? {} : { "aria-label": label })}>
        {children}
      </Button>
      <Popover className="popover" offset={4}>
        <AriaMenu className="listbox" items={actions} onAction={(key) => onAction(String(key))}>
          {({ id, label: name, detail }) => (
            <MenuItem id={id} textValue={name} className="listbox-item">
              <span className="item-label">{name}</span>
              {detail !== undefined && <span className="note">{detail}</span>}
            </MenuItem>
          )}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
