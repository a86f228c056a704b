"""The Official Account as the clinic knows it: menu, scene QR codes, bindings, health."""
