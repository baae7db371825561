package io.github.loopthread.autoconfigure.web;

import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;

import io.github.loopthread.LoopScope;

/**
 * Closes scopes that a request has left open, when it ends. Its thread serves the next
 * one, whose scopes they would bound.
 */
final class ForgottenScopesListener implements ServletRequestListener {

	@Override
	public void requestDestroyed(ServletRequestEvent event) {
		LoopScope.closeForgotten();
	}

}
