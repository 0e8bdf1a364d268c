//! Credentials, signing, tokens, transport, retries and errors for the Kingdee JDY API.
