/** A question over the view, which waits below it. Escape and a press outside answer no. */
import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { Button } from "./Button.js";

interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  role?: "dialog" | "alertdialog";
}

export function Dialog({ title, isOpen, onClose, children, role = "dialog" }: DialogProps) {
  return (
    <ModalOverlay className="overlay" isOpen={isOpen} onOpenChange={(open) => !open && onClose()} isDismissable>
      <Modal className="modal">
        <AriaDialog className="dialog" role={role}>
          <Heading slot="title">{title}</Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

interface ConfirmProps extends DialogProps {
  action: string; // what "yes" does, as a verb
  onConfirm: () => void;
}

export function Confirm({ action, onConfirm, children, ...props }: ConfirmProps) {
  return (
    <Dialog {...props} role="alertdialog">
      <div className="dialog-text">{children}</div>
      <div className="dialog-buttons">
        <Button autoFocus onPress={props.onClose}>
          Keep
        </Button>
        <Button
          variant="danger"
          onPress={() => {
            onConfirm();
            props.onClose();
          }}
        >
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
