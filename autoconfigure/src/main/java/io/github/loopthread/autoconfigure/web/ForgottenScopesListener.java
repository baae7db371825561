package io.github.loopthread.autoconfigure.web;

import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;

import io.github.loopthread.LoopScope;

/**
 * Closes scopes that a request has left open: when it ends, and, as one that has gone
 * asynchronous may end on another thread, before the next one begins. They would bound
 * that one's scopes.
 */
final class ForgottenScopesListener implements ServletRequestListener {

	@Override
	public void requestInitialized(ServletRequestEvent event) {
		LoopScope.closeForgotten();
	}

	@Override
	public void requestDestroyed(ServletRequestEvent event) {
		LoopScope.closeForgotten();
	}

}
